import { registerHooks } from 'node:module'

const index = '../locales/index.js'
const nothing = { url: 'data:text/javascript,', format: 'module', shortCircuit: true }

/**
 * Called before anything loads zod. It has its messages in some fifty languages, each a module, and loads them all. English, the one in
 * use, it loads by itself; in place of the index of all of them stands a module of nothing: 40 ms of processor less at every start.
 */
export const onlyEnglish = (): void =>
  void registerHooks({
    resolve: (specifier, context, next) =>
      specifier === index && context.parentURL?.includes('/zod/') === true ? nothing : next(specifier, context),
  })
