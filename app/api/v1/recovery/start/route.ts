import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { recoveryStartBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** The sealed vault for who shows the recovery key; alike for names that do not exist. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("loginAddress", async ({ request, services, address }) => {
    const body = await readBody(request, recoveryStartBody);
    await services.limits.take("loginPair", `${body.username} ${address}`);
    const { account, registrationResponse } = await services.recovery.start(body);
    return json({
      accountId: account.id,
      accountCertificate: toBase64(account.certificate),
      vault: toBase64(account.vault),
      registrationResponse,
    });
  }),
});
