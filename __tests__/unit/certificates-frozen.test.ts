/** One account and one device as the first release made them: what is published stays valid in every later version. */
import { verifyAccountCertificate, fromPem, verifyDeviceCertificate } from "@/lib/crypto/account/certificates";
import { toHex } from "@/lib/protocol/bytes";

const accountPem = `-----BEGIN CERTIFICATE-----
MIIEYzCCApegAwIBAgIQRQUoX9kHOQl4XT1tKyxifzBBBgkqhkiG9w0BAQowNKAP
MA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAQUAogMC
ASAwEDEOMAwGA1UEAwwFYWxpY2UwHhcNMjYxMTIyMDAwMDAwWhcNNDYxMTIyMDAw
MDAwWjAQMQ4wDAYDVQQDDAVhbGljZTCCAaIwDQYJKoZIhvcNAQEBBQADggGPADCC
AYoCggGBAKeR6d3eEwVPOHIlayyC96rdtqFIE707ivhC/uFVr5FTJ0T2c2uz3YIx
yDb9GEcBLSHq2sMeEIIG23ZfHAGguca7e04HrXSzOp2u9YrmSRXeY/sBAx5vhDgZ
dnVkhX7A4mSfysL4F/1dkPTtcQegsXybEk6f27Ta3qBZYNnjsKVkaODMCQtBvmbk
/xQReW/0LlzPIRh1D6DHG2S37dB7SXxOFzbwghZSEvyw5alpQz5qU4bhRLUxGZmS
OjfG9aipK7vDacM/THM6TDftuhDfn0bf+0NaiNLfUDA+/FKaa40mDQgquF7Y1YLg
zP5NpPLXr90AELsaUuDyq6BM/mCCFuB/+qOcTxGqdUbn6kQeFD35Y/cNCevMJdOm
aepKeyP7598omxN5wdgbQM4o2k/DcYLPZKu/3BpeBs6VyFZr5WhEXYQOka2kJYKo
uokx2c/fNH0JEbmEcRuVP9dQzwW88OVgOr4nA4yQ7kfRWX4YNlD/0YlnYhL8I2s8
Ilwca2P6eQIDAQABo1EwTzASBgNVHRMBAf8ECDAGAQH/AgEAMA4GA1UdDwEB/wQE
AwICBDApBgNVHQ4EIgQg3OcnkFBAtbU+WR9qYj620M8DcZ1CGj08Ff53PCiwVTIw
QQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDAN
BglghkgBZQMEAgEFAKIDAgEgA4IBgQAi/jtRbCALchMrqOn7Rlg0fSLfzy2+vHCH
rbxMsbg5zRLUoJ6UWIx53xHxAntlRTXO8VSqSonEgD194l5CwS1DE87pHPQJFms4
d3G8dSiZ1MGSGPE7Wi5h6vELC8u4hJ2N6qHtrLXTEMtkclV32I+JegwwHQINnEDe
GPwNf6pEDKIjZuExCHkhV/ec8QN8DcewC84n86Wk8NlrZdxBzslxIA7H0VW0KDKy
noubKcFlyWisNB4rIROEvwptYOA3COizVyHIyT49gLfHH0XxUDgW6Rvx7N+IBgnC
ATeHMiTb5i6D1S1i6eEbZzaFZIbjQXfUQUnpK7i1aetLU8JAKbpjafBKZWYXkZ8E
LELfADlIN/9UCbPVQEUmilE5Vi0Mc741hWEXj36lRDW5vLCMdajHJGxD3HbR7540
bnq/7994HFsnZjLLDfzyoxUKCjdiRl9hNevVrHdATIVdsrynfkPSYoko2HmJrqkq
rqnjGsvuXtefg591gcMHJtsd8QLG9fA=
-----END CERTIFICATE-----
`;

const devicePem = `-----BEGIN CERTIFICATE-----
MIIDEDCCAUSgAwIBAgIQTdaIRd9fYAybJN7r1aQqEDBBBgkqhkiG9w0BAQowNKAP
MA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAQUAogMC
ASAwEDEOMAwGA1UEAwwFYWxpY2UwHhcNMjYxMTIyMTIwMDAwWhcNMjcwMjIxMTIw
MDAwWjA7MQ4wDAYDVQQDDAVhbGljZTEpMCcGA1UEBRMgZWJkN2M5NDhlNTFjZmQy
NWNmODczMjM3ODU2ZTI5NTYwKjAFBgMrZXADIQBhxkg1ADAQhe52aUArZJRLI4iM
46vc/GFyK5IJtvvad6NNMEswDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4Aw
KwYDVR0jBCQwIoAg3OcnkFBAtbU+WR9qYj620M8DcZ1CGj08Ff53PCiwVTIwQQYJ
KoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglg
hkgBZQMEAgEFAKIDAgEgA4IBgQBZVvPt6nsAaRextqmt7A62Ezzpe+rTuVeta+Vt
8tGlFg7br2vb9Rgel9lG3OQTkHqfbFIkZTd4QydJ9yP5y4PDg1rjg18XVfC7VQ+o
gVgEz6+WnfXvfwzTrbnx4/mFsbP/IiB4Y8ACBrT1xjM2MJaV12rfJXxvY0/iHoXX
SkxkFqdvbu1WYrco6IKiR11igz+Cmft39qwPBihRFk2xqXYaNxdmwsQCQpM0fVXx
hzGeqJGjYLuSrdrTY4kx2+DadqLIdTph25AqXa8X7ps/8dNQRrioNtY+bTVpKtH9
/znvNGdHWlAGo5AjaDKUfIGbjDuSsbv9mhvDqONUcMjSuWVJTKODn7VifpEGoAzz
JOd+7sQJNLN8/a+t+tVa99ULXq2l8MpVWADu6BNtfsKQQI8/7chBW4BqDgrkDJYg
WSkZPS0Vor35ADFvvM/RaI602inlDabjpumZo0+6aSXvbQ52Bx3EoW7xlpWxw/Yh
lyaZWZ0QrFI5gab+A0QavYP2TMA=
-----END CERTIFICATE-----
`;

test("CERT-01 certificates of the first release verify for ever", async () => {
  const account = await verifyAccountCertificate(fromPem("CERTIFICATE", accountPem) ?? new Uint8Array());
  if (account === undefined) throw new Error("the frozen account certificate does not verify");
  expect(account.username).toBe("alice");
  expect(account.accountId).toBe("dce727905040b5b53e591f6a623eb6d0cf03719d421a3d3c15fe773c28b05532");
  const device = await verifyDeviceCertificate(fromPem("CERTIFICATE", devicePem) ?? new Uint8Array(), account);
  expect(device?.deviceId).toBe("ebd7c948e51cfd25cf873237856e2956");
  expect(device && toHex(device.publicKey)).toBe("61c6483500301085ee7669402b64944b23888ce3abdcfc61722b9209b6fbda77");
  expect(device?.notBefore.toISOString()).toBe("2026-11-22T12:00:00.000Z");
});
