/**
 * node-forge's ASN.1 module alone: a tenth of the package, and nothing of its arithmetic gets near a key. Typed here
 * because @types/node-forge knows only the whole package, and without the parser's options.
 */
declare module "node-forge/lib/asn1.js" {
  export interface Asn1 {
    readonly tagClass: number;
    /** The universal type, or the number of a context-specific tag. */
    readonly type: number;
    readonly constructed: boolean;
    /** Bytes, one per character, or the values inside. */
    value: string | Asn1[];
  }

  interface ByteString {
    getBytes(): string;
  }

  type TypeName =
    | "BOOLEAN"
    | "INTEGER"
    | "BITSTRING"
    | "OCTETSTRING"
    | "NULL"
    | "OID"
    | "UTF8"
    | "SEQUENCE"
    | "SET"
    | "PRINTABLESTRING"
    | "UTCTIME"
    | "GENERALIZEDTIME";

  interface ParseOptions {
    readonly strict: boolean;
    readonly parseAllBytes: boolean;
    readonly decodeBitStrings: boolean;
    readonly maxDepth: number;
  }

  const asn1: {
    readonly Class: Readonly<Record<"UNIVERSAL" | "CONTEXT_SPECIFIC", number>>;
    readonly Type: Readonly<Record<TypeName, number>>;
    create(tagClass: number, type: number, constructed: boolean, value: string | Asn1[]): Asn1;
    fromDer(bytes: string, options: ParseOptions): Asn1;
    toDer(node: Asn1): ByteString;
    oidToDer(dotted: string): ByteString;
  };
  export default asn1;
}
