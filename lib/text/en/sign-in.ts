/** Creating an account and signing in. */

export const signIn = {
  name: "Name",
  password: "Password",
  show: "Show",
  hide: "Hide",
  createAccount: "Create account",
  signIn: "Sign in",
  register: {
    title: "Create your account",
    lead: "Your keys are made in this browser, in about a second. The password never leaves it.",
    nameHint: "Small letters, digits, dot, dash and underscore; 2 to 32 of them. Everyone here can see it.",
    passwordHint:
      "It locks your account key. Choose one that you will remember; a recovery key can replace it, nobody else can.",
    other: "You have an account?",
    working: "Creating your account",
  },
  login: {
    title: "Sign in",
    lead: "Your password is proven to the server without being sent.",
    other: "New here?",
    working: "Signing in",
    done: "Signed in. Opening your rooms.",
    held: "This browser already holds the keys of",
    noDevice: "This browser holds no keys for this account yet. Sign in to set it up as a new device.",
    newDevice:
      "A browser that is new to the account becomes a device of its own. It reads what is written from then on.",
  },
  deviceName: (name: string) => `Others will see this device as “${name}”.`,
  nameChecks: {
    empty: "",
    invalid: "This name has characters that names cannot have, or is too short or too long.",
    checking: "Checking whether the name is free",
    free: "This name is free.",
    taken: "This name is taken.",
    unknown: "Could not check the name now. You can go on; it is checked again.",
  },
  strength: {
    label: "How hard to guess",
    levels: [
      "Guessed at once",
      "Guessed quickly",
      "Not enough: the server's operator could guess it",
      "Good",
      "Very good",
    ],
  },
  steps: {
    opaque: { register: "Locking with your password", login: "Proving your password" },
    keys: { register: "Making your account key", login: "Opening your account key" },
    certificates: { register: "Certifying this device", login: "Certifying this device" },
    packages: { register: "Preparing keys for rooms", login: "Preparing keys for rooms" },
    saving: { register: "Saving and registering", login: "Saving and registering" },
  },
  stepStates: { done: "done", now: "under way", next: "to come" },
  noScript: {
    register:
      "Your keys are made in this browser, by JavaScript, so that the server never has them. Please allow JavaScript for this site to create an account.",
    login:
      "Only this browser can open your keys, and it does so with JavaScript, so that the server never has them. Please allow JavaScript for this site to sign in.",
  },
  waitingForScript: "Getting ready",
} as const;
