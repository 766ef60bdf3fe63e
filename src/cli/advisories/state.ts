import { openState } from '#discover/state/state.ts'

/**
 * The folder of a state, which advisories lie in too.
 * @throws Fault `not-found` where nothing was discovered
 */
export const folderOf = (path: string): string => {
  const state = openState(path, { readonly: true })
  state.close()
  return state.folder
}
