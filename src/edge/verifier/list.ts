/** Passwords of a local list: one line for each, current or old, as scrypt (RFC 7914) keeps them. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { statSync } from 'node:fs'
import { readAtMost } from '#policy/read-at-most.ts'
import { Fault } from '#core/errors.ts'
import { canBeAsked, type PasswordVerifier, type Verdict } from './verifier.ts'

interface Entry {
  readonly user: string
  readonly state: 'current' | 'old'
  readonly log2: number
  readonly salt: Buffer
  readonly hash: Buffer
}

/** log2 of scrypt's N: 32 MB and some 100 ms for each. */
const cost = 15
const hashBytes = 32
/** Lines for one user that are tried, logins that wait at once, and bytes of the file. */
const [perUser, waitingLimit, fileLimit] = [8, 16, 4 << 20] as const

const derived = (password: string, salt: Buffer, log2: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: 2 ** log2, r: 8, p: 1, maxmem: 2 ** log2 * 8 * 128 * 2 }
    scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, key) => (error ? reject(error) : resolve(key)))
  })

const named = (user: string): string => user.normalize('NFKC').toLowerCase()

/** A line of the list, for who keeps it: `user:current:scrypt$15$SALT$HASH`. A colon in a name is written `%3A`. */
export const listLine = async (user: string, state: 'current' | 'old', password: string): Promise<string> => {
  if (!canBeAsked(user, password)) throw new Fault('usage', 'neither user nor password may be empty')
  const salt = randomBytes(16)
  const hash = await derived(password, salt, cost)
  const name = named(user).replaceAll(/[%:\r\n]/g, (one) => encodeURIComponent(one))
  return `${name}:${state}:scrypt$${cost}$${salt.toString('base64')}$${hash.toString('base64')}`
}

const readLine = (line: string): Entry | undefined => {
  const parts = /^([^:]{1,400}):(current|old):scrypt\$(\d\d)\$([A-Za-z0-9+/=]{8,64})\$([A-Za-z0-9+/=]{44})$/.exec(line)
  if (parts === null) return undefined
  const [, user = '', state, log2, salt = '', hash = ''] = parts
  // Less is no protection, more stops the edge.
  if (Number(log2) < 12 || Number(log2) > 17) return undefined
  return {
    user: named(
      user.replaceAll(/%(25|3A|0D|0A)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    ),
    state: state === 'old' ? 'old' : 'current',
    log2: Number(log2),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

/** @throws Fault naming the line that is none */
export const readList = (text: string): readonly Entry[] =>
  text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    const entry = readLine(line.trim())
    if (entry === undefined) throw new Fault('usage', `line ${index + 1} of the list of passwords is none`)
    return [entry]
  })

/** @throws Fault when the file cannot be read or has a line that is none */
export const listVerifier = (file: string): PasswordVerifier => {
  let entries: readonly Entry[] = []
  let changed = -1
  const load = (): void => {
    const { mtimeMs } = statSync(file)
    if (mtimeMs === changed) return
    const bytes = readAtMost(file, fileLimit)
    if (bytes === undefined) throw new Fault('usage', 'the list of passwords is larger than 4 MB')
    entries = readList(bytes.toString('utf8'))
    changed = mtimeMs
  }
  try {
    load()
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('file-unreadable', `the list of passwords ${file} cannot be read`)
  }
  const nobody: Entry = { user: '', state: 'old', log2: cost, salt: randomBytes(16), hash: randomBytes(hashBytes) }
  let waiting = 0

  const asked = async (user: string, password: string): Promise<Verdict> => {
    const mine = entries.filter((entry) => entry.user === named(user)).slice(0, perUser)
    // A user who is not there takes as long.
    let verdict: Verdict = 'wrong'
    for (const { state, log2, salt, hash } of mine.length > 0 ? mine : [nobody]) {
      const same = timingSafeEqual(await derived(password, salt, log2), hash)
      if (same && verdict !== 'current') verdict = state
    }
    return verdict
  }

  return {
    verify: async (user, password) => {
      if (!canBeAsked(user, password) || waiting >= waitingLimit) return 'not-asked'
      waiting++
      try {
        load()
      } catch {
        // The list as it was last readable.
      }
      try {
        return await asked(user, password)
      } catch {
        return 'not-asked'
      } finally {
        waiting--
      }
    },
    close: () => {},
  }
}
