/** `WireFormat` of an MLSMessage (RFC 9420 section 6). */
export const wireFormats = { publicMessage: 1, privateMessage: 2, welcome: 3, groupInfo: 4, keyPackage: 5 } as const;
