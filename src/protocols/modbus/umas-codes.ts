/** UMAS function codes by op, read off the vocabulary so that both say the same. */
import { umas } from './umas.ts'

const byCode: readonly (string | undefined)[] = (() => {
  const list: (string | undefined)[] = Array.from({ length: 256 })
  for (const [op, { code }] of Object.entries(umas)) {
    const match = /^FC 90\/0x([0-9a-f]{2})(?:-0x([0-9a-f]{2}))?$/.exec(code)
    if (match === null) continue
    const from = Number.parseInt(match[1] ?? '', 16)
    const to = Number.parseInt(match[2] ?? match[1] ?? '', 16)
    for (let value = from; value <= to; value++) list[value] = op
  }
  return list
})()

export const umasOp = (code: number): string => byCode[code] ?? 'umas-unlisted'
