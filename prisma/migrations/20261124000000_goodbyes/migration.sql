CREATE TABLE "Goodbye" (
    "roomId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "leafIndex" INTEGER NOT NULL,
    "signature" BLOB NOT NULL,
    "at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,

    PRIMARY KEY ("roomId", "deviceId")
);
