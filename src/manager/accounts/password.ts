/** Passwords as argon2id (RFC 9106) in PHC string form, so that the cost can grow later. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'

/** KiB, passes, lanes: the first choice of OWASP's password storage list; about 50 ms. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const tagLength = 32
/** More at once would let strangers take the processors away from everybody else. */
const atOnce = 2

let running = 0
const waiting: (() => void)[] = []
const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    // The place goes to the next one directly, or is free.
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

const derive = (password: string, nonce: Uint8Array, { memory, passes, parallelism }: typeof cost): Promise<Buffer> =>
  inTurn(
    () =>
      new Promise((resolve, reject) => {
        const message = password.normalize('NFKC')
        argon2('argon2id', { message, nonce, parallelism, tagLength, memory, passes }, (error, tag) =>
          error ? reject(error) : resolve(tag),
        )
      }),
  )

const bare = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '')

export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16)
  const tag = await derive(password, salt, cost)
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${bare(salt)}$${bare(tag)}`
}

const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/
/** Stands in for somebody who does not exist, so that the answer takes as long; no password leads to it. */
const nobody = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Whether the password is the one; takes the same time when there is nobody to compare with. */
export const checkPassword = async (password: string, stored: string | undefined): Promise<boolean> => {
  const [, memory, passes, parallelism, salt = '', tag = ''] = form.exec(stored ?? nobody) ?? []
  if (memory === undefined) return false
  const used = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const found = await derive(password, Buffer.from(salt, 'base64'), used)
  return timingSafeEqual(found, Buffer.from(tag, 'base64')) && stored !== undefined
}
