/**
 * The sentences that people read. One catalogue per language with one shape; pages and components take `text` and
 * hold no sentence of their own. A second language is a second object of type `Catalogue`.
 */

import { en } from "./en";

export type Catalogue = typeof en;

export const text: Catalogue = en;
