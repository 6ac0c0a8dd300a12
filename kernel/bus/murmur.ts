// murmur2 as Kafka's default partitioner computes it, so that the log and Kafka put a key into the same partition.

const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

function tailOf(bytes: Uint8Array, from: number, hash: number): number {
  let h = hash
  const left = bytes.length - from
  if (left === 3) h ^= (bytes[from + 2] as number) << 16
  if (left >= 2) h ^= (bytes[from + 1] as number) << 8
  if (left >= 1) h = Math.imul(h ^ (bytes[from] as number), M)
  return h
}

/** 32-bit murmur2 of the bytes, signed, as in Kafka's `Utils.murmur2`. */
export function murmur2(bytes: Uint8Array): number {
  let h = SEED ^ bytes.length
  let i = 0
  for (; i + 4 <= bytes.length; i += 4) {
    let k =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)
    k = Math.imul(k, M)
    k ^= k >>> R
    h = Math.imul(h, M) ^ Math.imul(k, M)
  }
  h = tailOf(bytes, i, h)
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}

const encoder = new TextEncoder()

/** Partition of a key: `(murmur2(key) & 0x7fffffff) % partitions`. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(encoder.encode(key)) & 0x7fffffff) % partitions
