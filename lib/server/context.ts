/**
 * The one door between server.ts and what Next bundles on its own: route handlers and server.ts do not share module
 * singletons, so the services hang on globalThis, read and written in this file only.
 */

import type { Services } from "./services";

const key = Symbol.for("sealroom.services");

type Holder = typeof globalThis & { [key]?: Services };

export function setServices(services: Services | undefined): void {
  if (services === undefined) Reflect.deleteProperty(globalThis, key);
  else (globalThis as Holder)[key] = services;
}

export function getServices(): Services {
  const services = (globalThis as Holder)[key];
  if (services === undefined) throw new Error("the services are not there: start Sealroom with npm start");
  return services;
}
