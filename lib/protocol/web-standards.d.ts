/**
 * The few platform globals that pure code may use: they exist, alike, in every browser, worker and Node. Declared by hand
 * because TypeScript has them only inside the DOM and Node libraries, which would bring `window` and `Buffer` along.
 */

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: "utf-8", options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean });
  decode(bytes?: Uint8Array): string;
}

/** WHATWG forgiving base64; each character of the result or argument is one byte. */
declare function atob(base64: string): string;
declare function btoa(bytes: string): string;
