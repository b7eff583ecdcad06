CREATE TABLE "Archive" (
    "accountId" TEXT NOT NULL PRIMARY KEY,
    "generation" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "bytes" INTEGER NOT NULL,
    "newestBytes" INTEGER NOT NULL,
    CONSTRAINT "Archive_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "ArchiveChunk" (
    "accountId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "generation" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "sealed" BLOB NOT NULL,

    PRIMARY KEY ("accountId", "number"),
    CONSTRAINT "ArchiveChunk_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Archive" ("accountId") ON DELETE CASCADE ON UPDATE CASCADE
);
