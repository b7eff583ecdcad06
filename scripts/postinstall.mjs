/** npm runs this after every install: patches are part of the packages, so nobody can forget them. */

import { finishInstall, main } from "./prepare.mjs";

await main(finishInstall);
