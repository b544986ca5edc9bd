/** The TensorFlow libraries that the engine supports: their version, files and wheels. */
import { cudaWheels, type Wheel } from './install/cuda-wheels.ts'

export const tensorflowVersion = '2.21.0'

/** Some files of one wheel, with their exact sizes, and whole wheels that they need. */
export interface LibraryPackage extends Wheel {
  readonly build: 'cpu' | 'cuda'
  /** pip's options that select the build, whatever Python runs it. */
  readonly tags: readonly string[]
  /** Folder of the files inside the wheel. */
  readonly folder: string
  /** Exact sizes, in bytes: loading a truncated library ends the process with SIGBUS, so it is never attempted. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[]
  /** Libraries that the files load by paths relative to their own; they are unpacked beside `folder`. */
  readonly companions: readonly Wheel[]
  /** Size of all unpacked files. */
  readonly unpackedBytes: number
}

const linux = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', 'manylinux_2_27_x86_64']

/** The CPU build. */
export const tensorflowCpu: LibraryPackage = {
  build: 'cpu',
  requirement: `tensorflow-cpu==${tensorflowVersion}`,
  tags: linux,
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  bytes: 273_829_956,
  folder: 'tensorflow',
  files: [
    { name: 'libtensorflow_cc.so.2', bytes: 788_086_608 },
    { name: 'libtensorflow_framework.so.2', bytes: 65_222_328 },
  ],
  companions: [],
  unpackedBytes: 853_308_936,
}

/** The CUDA build, with NVIDIA's libraries in the versions that it was tested with. */
export const tensorflowCuda: LibraryPackage = {
  build: 'cuda',
  requirement: `tensorflow==${tensorflowVersion}`,
  // Some of NVIDIA's wheels are tagged for older systems.
  tags: [...linux, '--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux_2_12_x86_64'],
  sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
  bytes: 572_440_367,
  folder: 'tensorflow',
  files: [
    { name: 'libtensorflow_cc.so.2', bytes: 1_096_372_272 },
    { name: 'libtensorflow_framework.so.2', bytes: 162_648_808 },
  ],
  companions: cudaWheels,
  unpackedBytes: 5_671_566_788,
}

/** Size of all downloads, in bytes. */
export function downloadBytes({ bytes, companions }: LibraryPackage): number {
  return companions.reduce((sum, wheel) => sum + wheel.bytes, bytes)
}
