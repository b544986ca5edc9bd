// dependency-cruiser parses with TypeScript's JavaScript interface, which TypeScript 7 no longer has: it gets 5.9 in its place.
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=$|\/)/, 'typescript-5.9'), context),
})
