ALTER TABLE "Device" ADD COLUMN "revocation" BLOB;
ALTER TABLE "Device" ADD COLUMN "lastSeenOn" TEXT;

ALTER TABLE "Session" ADD COLUMN "deviceId" TEXT REFERENCES "Device" ("id") ON DELETE SET NULL ON UPDATE CASCADE;
CREATE INDEX "Session_deviceId_idx" ON "Session"("deviceId");
