/** A ConfigProto by hand (tensorflow/core/protobuf/config.proto): field 2 intra-op threads, 5 inter-op threads. */
export function configProto({ intra, inter }: { readonly intra: number; readonly inter: number }): Uint8Array {
  return Uint8Array.from([0x10, ...varint(intra), 0x28, ...varint(inter)])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}
