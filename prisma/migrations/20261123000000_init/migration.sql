CREATE TABLE "Account" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "username" TEXT NOT NULL,
    "certificate" BLOB NOT NULL,
    "opaqueRecord" TEXT NOT NULL,
    "vault" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE "Device" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "certificate" BLOB NOT NULL,
    "publicKey" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revokedAt" DATETIME,
    CONSTRAINT "Device_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "KeyPackage" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "deviceId" TEXT NOT NULL,
    "initKeyHash" TEXT NOT NULL,
    "bytes" BLOB NOT NULL,
    "lastResort" BOOLEAN NOT NULL,
    "notAfter" DATETIME NOT NULL,
    CONSTRAINT "KeyPackage_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "Session" (
    "tokenHash" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME NOT NULL,
    CONSTRAINT "Session_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "PendingLogin" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "username" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

CREATE TABLE "Room" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "nameFolded" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "head" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE "Event" (
    "roomId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "payload" BLOB NOT NULL,
    "size" INTEGER NOT NULL,
    "at" DATETIME NOT NULL,
    PRIMARY KEY ("roomId", "seq")
);

CREATE TABLE "GroupInfo" (
    "roomId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "bytes" BLOB NOT NULL,
    PRIMARY KEY ("roomId", "seq")
);

CREATE TABLE "Attestation" (
    "roomId" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    PRIMARY KEY ("roomId", "accountId")
);

CREATE TABLE "RosterEntry" (
    "roomId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    PRIMARY KEY ("roomId", "deviceId"),
    CONSTRAINT "RosterEntry_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "ServerSecret" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);

CREATE UNIQUE INDEX "Account_username_key" ON "Account"("username");
CREATE UNIQUE INDEX "Device_publicKey_key" ON "Device"("publicKey");
CREATE INDEX "Device_accountId_idx" ON "Device"("accountId");
CREATE UNIQUE INDEX "KeyPackage_initKeyHash_key" ON "KeyPackage"("initKeyHash");
CREATE INDEX "KeyPackage_deviceId_lastResort_idx" ON "KeyPackage"("deviceId", "lastResort");
CREATE INDEX "Session_accountId_idx" ON "Session"("accountId");
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");
CREATE INDEX "PendingLogin_expiresAt_idx" ON "PendingLogin"("expiresAt");
CREATE UNIQUE INDEX "Room_nameFolded_key" ON "Room"("nameFolded");
CREATE UNIQUE INDEX "Event_roomId_id_key" ON "Event"("roomId", "id");
CREATE INDEX "Attestation_roomId_seq_idx" ON "Attestation"("roomId", "seq");
CREATE INDEX "RosterEntry_deviceId_idx" ON "RosterEntry"("deviceId");
