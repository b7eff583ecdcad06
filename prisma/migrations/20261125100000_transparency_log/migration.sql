-- The transparency log: its entries, the hash of every perfect subtree over them, and its signed head.
CREATE TABLE "LogEntry" (
    "index" INTEGER NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "digest" BLOB NOT NULL,
    "bytes" BLOB NOT NULL
);
CREATE INDEX "LogEntry_accountId_index_idx" ON "LogEntry"("accountId", "index");
CREATE INDEX "LogEntry_digest_idx" ON "LogEntry"("digest");

CREATE TABLE "LogNode" (
    "level" INTEGER NOT NULL,
    "index" INTEGER NOT NULL,
    "hash" BLOB NOT NULL,

    PRIMARY KEY ("level", "index")
) WITHOUT ROWID;

CREATE TABLE "LogHead" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "size" INTEGER NOT NULL,
    "frontier" BLOB NOT NULL,
    "note" TEXT NOT NULL
);
