/** Ending connections whose ends count differently, when their packets will no longer be translated: on bypass, and under a permit. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Injector } from '#linux/injector.ts'
import { Ledger } from './ledger.ts'
import { placeOf, readPlan } from './place.ts'

/**
 * Resets every connection that carried a refused command: without translation it would only stall. All others go on untouched.
 * @param between canonical addresses: connections of these two ends alone
 * @returns how many; 0 also where nothing may be sent
 */
export const resetTranslated = (storePath: string, between?: readonly [string, string]): number => {
  const place = placeOf(storePath)
  let files: string[]
  let injector: Injector
  try {
    files = readdirSync(place.folder).filter((name) => /^ledger-\d+$/.test(name))
    if (files.length === 0) return 0
    injector = new Injector()
  } catch {
    // No inspector was ever here, or nothing may be sent: the bypass matters more.
    return 0
  }
  const kind = readPlan(place)?.kind ?? 'bridge'
  let count = 0
  for (const name of files) {
    const ledger = new Ledger(join(place.folder, name))
    for (const reset of ledger.resets(between)) {
      injector.send(kind, reset)
      count++
    }
    ledger.close()
  }
  injector.close()
  return count / 2
}
