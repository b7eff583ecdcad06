ALTER TABLE "Account" ADD COLUMN "vaultVersion" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Account" ADD COLUMN "recoveryHash" TEXT;
ALTER TABLE "Account" ADD COLUMN "retiredAt" DATETIME;
ALTER TABLE "Account" ADD COLUMN "successorId" TEXT;

CREATE TABLE "Keyring" (
    "accountId" TEXT NOT NULL PRIMARY KEY,
    "version" INTEGER NOT NULL,
    "sealed" BLOB NOT NULL,
    CONSTRAINT "Keyring_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "ResetCode" (
    "accountId" TEXT NOT NULL PRIMARY KEY,
    "codeHash" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    CONSTRAINT "ResetCode_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "RetiredName" (
    "username" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
