/** node-forge's ASN.1 module alone: a tenth of the package, and nothing of its arithmetic gets near a key. */
declare module "node-forge/lib/asn1.js" {
  import { asn1 } from "node-forge";
  export default asn1;
}
