/**
 * How we run ts-mls. Its defaults accept every credential and keep skipped keys (DESIGN section 9, traps 6, 7 and 10).
 */
import type { ClientConfig } from "ts-mls/clientConfig.js";
import { defaultKeyPackageEqualityConfig } from "ts-mls/keyPackageEqualityConfig.js";
import type { AuthenticationService } from "ts-mls/authenticationService.js";
import { equalBytes } from "@/lib/protocol/bytes";
import { maxForwardRatchetSteps, retainedEpochs } from "@/lib/protocol/limits";
import { certificateName, leafCertificate } from "./leaf";
import type { Checked } from "./people";

/** ts-mls may rely on the given certificates and no others. */
export function clientConfig(checked: Checked): ClientConfig {
  return {
    keyRetentionConfig: {
      // Messages come in order; a skipped one is lost, and its key with it (MLS-11).
      retainKeysForGenerations: 0,
      retainKeysForEpochs: retainedEpochs,
      maximumForwardRatchetSteps: maxForwardRatchetSteps,
    },
    // Whoever adds judges lifetimes by its own clock; a clock while applying would split the room (MLS-12).
    lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    // Content is padded before it comes here.
    paddingConfig: { kind: "alwaysPad", paddingLength: 0 },
    authService: acceptOnly(checked),
  };
}

function acceptOnly(checked: Checked): AuthenticationService {
  return {
    validateCredential: (credential, signatureKey) => {
      const der = leafCertificate({ credential });
      const identity = der && checked.get(certificateName(der));
      return Promise.resolve(identity !== undefined && equalBytes(identity.signatureKey, signatureKey));
    },
  };
}
