/** Names of users and groups, from the local files (passwd(5), group(5)): an edge must not wait for a directory server. */
import { readFileSync } from 'node:fs'

const rows = (path: string): readonly string[][] => {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((row) => row.split(':'))
  } catch {
    return []
  }
}

/** `alice`, or `uid 1000` for a user without a local entry. */
export const userName = (uid: number, file = '/etc/passwd'): string =>
  rows(file).find(([, , id]) => id === String(uid))?.[0] ?? `uid ${uid}`

/** The number of a group by its name or its number; `undefined` when there is none. */
export const groupId = (group: string, file = '/etc/group'): number | undefined => {
  if (/^\d{1,9}$/.test(group)) return Number(group)
  const id = rows(file).find(([name]) => name === group)?.[2]
  return id === undefined ? undefined : Number(id)
}
