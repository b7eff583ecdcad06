-- A ticket of a link that ends is taken no longer than that.
ALTER TABLE "RoomTicket" ADD COLUMN "endsAt" DATETIME;
