/**
 * WebCrypto takes no view of shared memory, and its types say so. Bytes that may be shared are copied, which also
 * keeps another thread from changing them between a check and its use; all others pass as they are.
 */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isUnshared(bytes) ? bytes : bytes.slice();
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}
