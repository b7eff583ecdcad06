/** What code a browser runs, how to check it, and what is said when it changes. */

export const code = {
  title: "The code of this page",
  about:
    "Everything that protects your messages is done by code that your browser gets from this server. It is built the same way everywhere, byte by byte, so that anybody can compare what a server serves with what the source code says. One number stands for all of it:",
  buildHash: "Build hash",
  notBuilt: "This server runs from its sources while somebody develops it. There is no build to compare.",
  verify:
    "To check it, take the source code in the version that this server says it runs, and run this in it. It builds the code on your machine and names every file that differs:",
  verifyCommand: (origin: string) => `npm run verify-build -- ${origin}`,
  inBrowser:
    "Your browser helps: at the first visit it keeps this code, and from then on runs no other until you agree. The first visit is taken on trust, and so are newer versions of the small program that keeps watch over this: they come from this server too.",
  runningKnown: "The code that this browser has accepted:",
  runningSame: "It is the one above.",
  runningOther: "It is not the one above: the server serves other code by now.",
  runningUnknown: "This browser does not keep the code here. It runs what the server sends.",
  licence: "Sealroom is free software under the MIT licence.",
  watch: {
    changed: "The code of this page has changed",
    changedBody: "This page goes on with the code it began with. The new code runs when you agree.",
    look: "See what changed",
    refused: "This server sent code that does not belong here",
    refusedBody: "It was not run:",
    watchman: "The program that keeps watch over this page's code was replaced",
    watchmanBody: "The server sent another one. It takes over when all tabs of this site are closed.",
    later: "Not now",
  },
  page: {
    changedTitle: "The code of this page has changed",
    changedBody:
      "This server serves other code than the one your browser has accepted. That is normal after an update. It is also what an attack would look like.",
    from: "Accepted until now",
    to: "Served now",
    advice:
      "If you do not expect an update, ask whoever runs this server for the build hash over another channel, or check the code yourself:",
    waits: "Nothing of the new code has run. Pages that are open go on with the code they have.",
    accept: "Use the new code",
    unstatedTitle: "This server no longer says which code it serves",
    unstatedBody:
      "Your browser has accepted one build of this page's code. The server answers with something else and does not say what it is. That happens when an older version is installed, and when somebody wants to avoid being checked.",
    stop: "Go on without checking",
    brokenTitle: "This server sends other code than it says",
    brokenBody:
      "This file could not be had with the bytes that stand in the list of this page's code, so nothing of it was run. The code that you had stays:",
    fullTitle: "This browser has no room left",
    fullBody:
      "The server serves other code than the one your browser has accepted. Asking you about it, and keeping it, takes some megabytes that this browser does not have. Free some space, then try again. Nothing of the new code has run.",
    again: "Try again",
  },
} as const;
