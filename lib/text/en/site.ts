/** The frame of every page, the landing page, and pages for what went wrong. */

export const site = {
  name: "Sealroom",
  tagline: "Rooms that only the people in them can read",
  description: "End-to-end encrypted room chat. The server carries sealed messages and holds no key to them.",
  skip: "Skip to content",
  home: "Sealroom, home",
  createAccount: "Create account",
  signIn: "Sign in",
  navigation: "Site",
  nav: { about: "What the server sees", keys: "Look up keys", log: "Key log" },
  footer: "Keys are made in your browser. This server stores what it cannot read.",
  code: "Check the code of this page",
  landing: {
    lead: "Pick a name, enter a room and talk. Every message is sealed in your browser and opened only in the browsers of the people in the room.",
    points: [
      {
        title: "Your keys stay yours",
        body: "They are made on this device. The server stores your account key only locked, under a key that comes from your password.",
      },
      {
        title: "The server is a courier",
        body: "It keeps messages in order and delivers them. It cannot read them, and nobody can write in another's name unnoticed.",
      },
      {
        title: "No promise without its limits",
        body: "Names, times and who is connected are visible to whoever runs this server. The list is short and complete.",
      },
    ],
    limits: "Read what the server can see",
  },
  notFound: {
    title: "Nothing here",
    body: "This address leads to no page. It may be mistyped, or the room or account does not exist on this server.",
    home: "Go to the start page",
  },
  failed: {
    title: "This page broke",
    body: "Something went wrong while showing this page. Your keys and messages are safe in this browser.",
    retry: "Try again",
  },
} as const;
