-- Which account had the name of a deleted one, so that what the log says of it is found by that name.
ALTER TABLE "RetiredName" ADD COLUMN "accountId" TEXT;

-- Of those that are there: its certificate has the name as a UTF8String (tag 12, length, characters; at most 32, all ASCII).
UPDATE "RetiredName" SET "accountId" = (
    SELECT "id" FROM "Account"
    WHERE "retiredAt" IS NOT NULL AND "successorId" IS NULL
        AND instr("certificate", CAST(char(12, length("RetiredName"."username")) || "RetiredName"."username" AS BLOB)) > 0
);
