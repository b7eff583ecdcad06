-- A private room has no name here. SQLite cannot loosen a column, so the table is made anew; nothing refers to it.
CREATE TABLE "new_Room" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT,
    "nameFolded" TEXT,
    "kind" TEXT NOT NULL,
    "head" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO "new_Room" ("id", "name", "nameFolded", "kind", "head", "createdAt")
SELECT "id", "name", "nameFolded", "kind", "head", "createdAt" FROM "Room";
DROP TABLE "Room";
ALTER TABLE "new_Room" RENAME TO "Room";
CREATE UNIQUE INDEX "Room_nameFolded_key" ON "Room"("nameFolded");

CREATE TABLE "RoomTicket" (
    "roomId" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    PRIMARY KEY ("roomId", "hash")
);

CREATE TABLE "Welcome" (
    "roomId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" DATETIME NOT NULL,
    "size" INTEGER NOT NULL,
    "bytes" BLOB NOT NULL,

    PRIMARY KEY ("roomId", "seq")
);

CREATE TABLE "InboxEntry" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "deviceId" TEXT NOT NULL,
    "roomId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    CONSTRAINT "InboxEntry_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "InboxEntry_roomId_seq_fkey" FOREIGN KEY ("roomId", "seq") REFERENCES "Welcome" ("roomId", "seq") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX "Welcome_at_idx" ON "Welcome"("at");
CREATE UNIQUE INDEX "InboxEntry_deviceId_roomId_seq_key" ON "InboxEntry"("deviceId", "roomId", "seq");
CREATE INDEX "InboxEntry_deviceId_id_idx" ON "InboxEntry"("deviceId", "id");
CREATE INDEX "InboxEntry_roomId_seq_idx" ON "InboxEntry"("roomId", "seq");

-- Whatever takes the last entry away (taking, revoking, deleting the account, making room) takes the bytes with it.
CREATE TRIGGER "InboxEntry_last_taken" AFTER DELETE ON "InboxEntry"
BEGIN
    DELETE FROM "Welcome"
    WHERE "roomId" = OLD."roomId" AND "seq" = OLD."seq"
      AND NOT EXISTS (SELECT 1 FROM "InboxEntry" WHERE "roomId" = OLD."roomId" AND "seq" = OLD."seq");
END;
