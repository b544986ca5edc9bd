/**
 * A ConfigProto encoded by hand (tensorflow/core/protobuf/config.proto): field 2 intra-op threads, 5 inter-op threads; on a GPU also
 * 6.4 allocate memory as needed, 7 run operations without a GPU kernel on the processor.
 */
export function configProto({
  intra,
  inter,
  gpu = false,
}: {
  readonly intra: number
  readonly inter: number
  readonly gpu?: boolean
}): Uint8Array {
  const onGpu = gpu ? [0x32, 2, 0x20, 1, 0x38, 1] : []
  return Uint8Array.from([0x10, ...varint(intra), 0x28, ...varint(inter), ...onGpu])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}
