/** The one TensorFlow library that the engine is made for: its version, files and wheel. */

export const tensorflowVersion = '2.21.0'

/** Exact sizes, in bytes: a truncated library ends the process with SIGBUS when it is loaded, so it is never tried. */
export const libraryFiles = [
  { name: 'libtensorflow_cc.so.2', bytes: 788_086_608 },
  { name: 'libtensorflow_framework.so.2', bytes: 65_222_328 },
] as const

/** The CPU build on PyPI, as pip is asked for it. */
export const wheel = {
  requirement: `tensorflow-cpu==${tensorflowVersion}`,
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  bytes: 273_829_956,
  tags: ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', 'manylinux_2_27_x86_64'],
} as const
