// dependency-cruiser parses with TypeScript's JavaScript interface, which TypeScript 7 no longer has: 5.9 is loaded instead.
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=$|\/)/, 'typescript-5.9'), context),
})
