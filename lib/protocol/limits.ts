/**
 * Every limit of the protocol, with its unit and its reason. Server-only numbers live in lib/server/env.
 * Rule of thumb: a limit is high enough that an honest client never meets it and low enough that a
 * hostile one cannot use it to hurt others.
 */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The last millisecond that a `Date` can hold (ECMA-262 section 21.4.1.1): what lies behind it cannot be shown. */
export const latestDateMs = 8_640_000_000_000_000;

/** Account names: short enough for a phone's member list, long enough for `firstname.lastname`. */
export const usernameMinLength = 2;
export const usernameMaxLength = 32;

/** Passwords in characters. OPAQUE hashes them, so the maximum only bounds the input field. */
export const passwordMinLength = 8;
export const passwordMaxLength = 256;
/** zxcvbn score (0 to 4) below which sign-up refuses: an operator can guess offline (DESIGN section 2). */
export const passwordMinScore = 3;

/** Device names are for the owner and shown to others. */
export const deviceNameMaxLength = 64;
/** Devices per account: keeps a direct message between two accounts below 20 leaves. */
export const maxDevicesPerAccount = 10;
/** A device certificate lives 90 days; clocks may be a day apart. */
export const deviceCertificateDays = 90;
export const clockSkewMs = dayMs;
/** How long before its end a device asks for a new certificate: a month of chances to be reminded. */
export const certificateRenewMs = 30 * dayMs;

/** DER sizes: an account certificate is about 1,080 bytes, a device certificate about 700. */
export const certificateMaxBytes = 2 * kibibyte;
/** Account certificates in one look-up: a room of 500 people takes three, each answer stays below a quarter of a mebibyte. */
export const certificatesMax = 200;
/** Devices in one look-up of revocations: an answer stays below 100 kB even when all of them are revoked. */
export const revocationsMax = 200;
/** Entries of one account that the log is asked for at once: ten devices with all their renewals of two years. */
export const accountLogMaxEntries = 100;
/** Accounts that are followed back from one name: each has lost its password and its recovery key. */
export const predecessorsMax = 16;
/** Entries of the log in one page: one bundle, some 300 kB. */
export const logPageEntries = 256;
/** Devices that came to an account and wait for its person's word: three times as many as it can have at a time. */
export const logArrivalsMax = 32;
/** A signed checkpoint that goes along with a message: some 210 letters, and room for a longer name. */
export const statedNoteMaxLength = 512;
/** Certificates whose proofs are asked for at once: an answer stays below 100 kB. */
export const logProofsMax = 100;
/** The vault holds one PKCS #8 RSA-3072 key (about 1,800 bytes) and later a few secrets. */
export const vaultMaxBytes = 64 * kibibyte;
/** What an account's devices keep for each other: some entries per room and per person. */
export const keyringMaxEntries = 2000;
export const keyringMaxBytes = 256 * kibibyte;
/** Its plain text grows in steps of this size, so that one more muted room is not seen. */
export const keyringPaddingBytes = kibibyte;
/** Devices that an account has given up, as its secret names them: 25 times as many as it can have. */
export const secretWithoutMax = 256;
/** Nonce, tag and format come on top, and the renewal of the account secret, which has up to 5,800 bytes. */
export const keyringSealedMaxBytes = keyringMaxBytes + 8 * kibibyte;
/**
 * The history archive. A chunk is closed at 128 KiB, a round trip's worth; the largest line, a report of control characters,
 * fits beside that. One still below 16 KiB is written again with what came since, so that talk does not make a chunk per message.
 */
export const archiveChunkTargetBytes = 128 * kibibyte;
export const archiveChunkMaxBytes = 512 * kibibyte;
export const archiveOpenBytes = 16 * kibibyte;
/** Plain text grows in steps of this size: how much was said shows no finer. */
export const archivePaddingBytes = 4 * kibibyte;
/** Nonce, tag and format byte come on top. */
export const archiveSealedMaxBytes = archiveChunkMaxBytes + 64;
/** Kept for one account: some 300,000 messages. */
export const archiveMaxBytes = 64 * mebibyte;
/** Rooms in one chunk, and people in one room. */
export const archiveSectionsMax = 2000;
/** How often an archive may have been begun anew since a device last looked; more is a lie. */
export const archiveGenerationsMissed = 1000;
/** How long new lines are collected before they are archived; what is not archived yet is on the device. */
export const archiveDelayMs = 4 * secondMs;
/** An exported history, opened in memory. */
export const historyFileMaxBytes = 256 * mebibyte;
/** OPAQUE messages are below 400 bytes; base64 and headroom. */
export const opaqueMessageMaxChars = 2048;

/** How long a link waits for its other side: to fetch a phone and type twenty characters. */
export const linkMs = 10 * minuteMs;
/** Links that wait at one time on one server: bounds its memory to some megabytes. */
export const linksMax = 1000;
/** A sealed grant: two certificates, a secret and framing in base64. */
export const linkGrantMaxBytes = 8 * kibibyte;

/** KeyPackages kept ready per device, and the size of one with its certificate (about 1,100 bytes). */
export const keyPackageTarget = 20;
/** Epochs that one KeyPackage of last resort opens: each is remembered as long as its private half is there. */
export const lastResortOpenedMax = 500;
export const keyPackageMaxBytes = 4 * kibibyte;
/** One upload replaces a whole stock. */
export const keyPackageUploadMax = 40;
export const keyPackageLifetimeMs = 90 * dayMs;

/** Room names stand in lists. */
export const roomNameMaxLength = 64;
/** Lists of a room's policy, which travels in every GroupInfo and Welcome: together below 16 KiB (`policyMaxBytes`). */
export const policyAdminsMax = 32;
export const policyBansMax = 64;
export const policyRevokedMax = 64;
export const policyLinksMax = 8;
/** Disappearing messages: from a minute, so that they can be read, to a year. */
export const timerMinMs = minuteMs;
export const timerMaxMs = 365 * dayMs;
/** Wishes of a person that wait for their commit in one room; more are refused. */
export const wishesMax = 32;
/** Revocations that one commit carries: each takes an RSA signature to check, and an account has ten devices. */
export const commitMaxRevocations = 10;

/** A topic is one line or two under the name, in code points; it travels in every GroupInfo of its room. */
export const roomTopicMaxLength = 200;
/** How long messages stay where they disappear, ms: what people choose from. */
export const disappearingTimersMs = [hourMs, dayMs, 7 * dayMs, 28 * dayMs] as const;
/** How long an invite link is valid, ms, and how often: what people choose from. */
export const linkLifetimesMs = [hourMs, dayMs, 7 * dayMs, 28 * dayMs] as const;
export const linkUsesOffered = [1, 5, 25, 100] as const;
/** Uses of one invite link: a room has no more leaves. */
export const linkUsesMax = 1000;
/** Messages in one report: with their proofs they fit one message's largest content. */
export const reportMaxMessages = 10;
/** People named in reports whose marks a page asks for at once: those of 100 full reports. */
export const reportedPeopleMax = 1000;
/** What a reporter may say about them, in code points. */
export const reportReasonMaxLength = 500;

/** Longest text of one message, in UTF-8 bytes; the next size class above it is 32 KiB. */
export const textMaxBytes = 16 * kibibyte;
/** Padded content grows in classes 256 x 2^k, so that at most six lengths cover texts up to 2,000 bytes (N5). */
export const paddingUnitBytes = 256;
/** Largest padded content of one message. */
export const contentMaxBytes = 64 * kibibyte;

/** One event of a room as it travels. A commit in a room of 500 is 42 kB, a batch add of 40 is 60 kB. */
export const eventMaxBytes = 256 * kibibyte;
/** GroupInfo with its ratchet tree: 1.1 kB per leaf, 1,000 leaves hard limit. */
export const groupInfoMaxBytes = 2 * mebibyte;
/** A private room's GroupInfo, sealed: the keys that open it are wrapped for members and for each invite link beside it. */
export const sealedGroupInfoMaxBytes = groupInfoMaxBytes + 4 * kibibyte;
/** A Welcome: the GroupInfo, sealed, and one sealed secret for each new member. */
export const welcomeMaxBytes = groupInfoMaxBytes + eventMaxBytes;
/** One socket frame: an event, the GroupInfo and the Welcome it brings, with framing. */
export const frameMaxBytes = eventMaxBytes + sealedGroupInfoMaxBytes + welcomeMaxBytes + 16 * kibibyte;
/** GroupInfos kept per room: the best attested one, the newest attested ones, and the newest of all. */
export const groupInfoCandidates = 6;
/** One frame that the server sends: the GroupInfos of a room, or a Welcome, with framing. */
export const answerFrameMaxBytes = groupInfoCandidates * sealedGroupInfoMaxBytes + 64 * kibibyte;
/** One HTTP body: a registration with vault and 40 KeyPackages in base64. */
export const httpBodyMaxBytes = 512 * kibibyte;
/** One HTTP answer: an account with a thousand devices, all but ten of them revoked, at some 4 kB each. */
export const httpAnswerMaxBytes = 4 * mebibyte;

/** Backlog pages: large enough to fill a round trip, small enough to render between two pages. */
export const backlogPageEvents = 200;
export const backlogPageMaxBytes = mebibyte;

/** What an invite link shows the server, and the hash by which the server knows it. */
export const ticketBytes = 16;
export const ticketHashBytes = 32;
/** Invite links of one private room that are good at a time. */
export const roomTicketsMax = 32;

/** Welcomes kept for one device that is away: more invitations than anybody reads; then the oldest go. */
export const inboxMaxWelcomes = 100;
/** And their bytes together: fifty invitations into rooms of 500. One Welcome always fits. */
export const inboxMaxBytes = 32 * mebibyte;
/** Afterwards no device holds the private half of the KeyPackage that a Welcome was made for. */
export const welcomeKeptMs = keyPackageLifetimeMs + 2 * clockSkewMs;

/** Leaves of one room. */
export const roomMaxLeaves = 1000;
/** Past epochs whose messages can still be read when the order places them late (RFC 9420 section 15.3). */
export const retainedEpochs = 3;
/** How far a sender's ratchet may run ahead of what was seen: bounds the work one message can cause. */
export const maxForwardRatchetSteps = 2000;
/** A leaf older than this, or that has sent this much, gets fresh keys: bounds what stolen keys can read (RFC 9420 section 16.6). */
export const selfUpdateMs = 7 * dayMs;
export const selfUpdateMessages = 500;
/** Events a device remembers to find out how far a server went back: what a crash without fsync may lose. */
export const trailEvents = 32;
/** Epochs of the own branch that a device remembers, to know another branch when it is named. */
export const chainEvents = 32;
/**
 * Places of one epoch's transcript that a device can still compare: more than a sender is usually behind when its message is
 * ordered, and longer than `trailEvents`. 64 bytes each; they grow by one block before the oldest block goes.
 */
export const transcriptPlaces = 256;
/** Places in one stored row: what one message rewrites at most. */
export const transcriptBlockPlaces = 32;
/** Devices of one epoch of which is kept how far they have agreed; for others the range of a difference begins with the epoch. */
export const transcriptWitnesses = 32;
/** Devices of one epoch whose other history is told one by one: a whole half of a room says the same. */
export const transcriptToldMax = 8;
/** Of them so many may be one account's: a liar with ten devices leaves room for others. */
export const transcriptToldPerAccount = 2;
/** Events of a gap that are recognised when they come late, and how far before the place where the gap showed they may belong. */
export const transcriptLateEvents = 8;
export const transcriptLateReach = 32;
/** How far a sender's own line of a room with a gap is followed. */
export const transcriptLanePlaces = 64;
/** How long a joiner keeps back what it has to say while no member has answered: those that are there answer sooner. */
export const unheardMs = 4 * secondMs;
/** A clock this far behind what it has shown before is wrong now or was wrong then. */
export const clockBackMs = 10 * minuteMs;
/** Goodbyes told to one joiner or member at a time; each is gone once its leaf is. */
export const goodbyesMax = 100;
/** A KeyPackage and what signs it into one group and epoch. */
export const knockMaxBytes = keyPackageMaxBytes + 512;
/** Members that are asked to let somebody in, one after the other: enough that one of them answers. */
export const knockDoors = 3;
/** How long a member collects those who ask before it lets them in with one commit; the next member waits its turn longer. */
export const knockWindowMs = 300;
export const knockTurnMs = 1500;
/** How long who asks waits before it comes in by itself: two members have had their turn by then. */
export const knockWaitMs = 4 * secondMs;
/** In a room whose GroupInfo is this large (some 100 leaves) who comes asks first: a commit of its own costs more than the wait. */
export const crowdedRoomBytes = 96 * kibibyte;
/** What a member sends that lets in, GroupInfo and Welcome, may travel this slowly: who asks waits so much longer. */
export const knockBytesPerMs = 100;
/** How long a member keeps somebody in mind, and the longest that anybody waits: a hundred come in within it on two busy cores. Afterwards they come in another way. */
export const knockKeptMs = 2 * minuteMs;
/** Askers that a member keeps in mind; more come in by themselves. */
export const knocksMax = 200;
/** How often a device that cannot open a room asks members to add it again. */
export const askBackMs = 20 * secondMs;
/** Proposals in one commit: bounds the work one commit can cause. */
export const commitMaxProposals = 100;

/** Rows of a direct room that are taken along into the one that goes on: more was said in it than two who began at once can have. */
export const unitedRowsMax = 400;

/** Databases of one account, or registries, that may lie set aside in one browser: more damage than that has another cause. */
export const damagedGenerationsMax = 16;
/** How long the host's code for another account key serves: long enough to reach a person over another channel. */
export const resetCodeMs = dayMs;
/** How long one OPAQUE login may stay half-way. */
export const pendingLoginMs = 2 * minuteMs;
/** How long a signed-in session lives without use. */
export const sessionIdleMs = 30 * dayMs;
/** How long a socket may stay without proving its device key. */
export const socketProofMs = 10 * secondMs;
/** A QR code of the Verify page has 103 characters, and one of a later version may have a few more; nothing longer is looked at. */
export const verificationCodeMaxLength = 256;

/** A manifest of code: some fifty files of 150 bytes each; one file is at most a dictionary of a megabyte. */
export const codeManifestMaxBytes = 256 * kibibyte;
export const codeMaxFiles = 1000;
export const codeFileMaxBytes = 16 * mebibyte;
