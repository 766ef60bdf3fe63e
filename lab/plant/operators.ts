/** Who may log in to the panels of the plant: what a directory would know. */
import { writeFileSync } from 'node:fs'
import { listLine } from '#edge/verifier/list.ts'

/** As the plant's policy names it. */
const operatorsFile = '/run/bulkhead/operators'
/** What the attacker of the story brings along. */
export const passwordsFile = '/run/bulkhead/guesses'
export const operatorPassword = { user: 'line-operator', password: 'Fill-Line-2026-autumn' } as const

export const writeOperators = async (): Promise<void> => {
  const { user, password } = operatorPassword
  const lines = await Promise.all([listLine(user, 'current', password), listLine(user, 'old', 'Fill-Line-2026-summer')])
  writeFileSync(operatorsFile, `${lines.join('\n')}\n`, { mode: 0o600 })
}
