/** The one TensorFlow library that the engine is made for: its version, files and wheel. */

export const tensorflowVersion = '2.21.0'

/** Some files of one wheel, all of them known to the byte. */
export interface LibraryPackage {
  /** As pip is asked for it. */
  readonly requirement: string
  /** pip's options that choose the build, whatever Python runs it. */
  readonly tags: readonly string[]
  /** Of the wheel. */
  readonly sha256: string
  /** Of the wheel. */
  readonly bytes: number
  /** Folder of the files inside the wheel. */
  readonly folder: string
  /** Exact sizes, in bytes: a truncated library ends the process with SIGBUS when it is loaded, so it is never tried. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[]
}

/** The CPU build. */
export const tensorflowCpu: LibraryPackage = {
  requirement: `tensorflow-cpu==${tensorflowVersion}`,
  tags: ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', 'manylinux_2_27_x86_64'],
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  bytes: 273_829_956,
  folder: 'tensorflow',
  files: [
    { name: 'libtensorflow_cc.so.2', bytes: 788_086_608 },
    { name: 'libtensorflow_framework.so.2', bytes: 65_222_328 },
  ],
}
