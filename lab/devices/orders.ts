/**
 * Orders to a client in words, such as `write 100 350`: those after `--` on the command line in turn, or else one a line on
 * standard input. Each is answered with one JSON line.
 */
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { print } from './arguments.ts'

/** What a client can be asked to do. A refusal by the other end is an answer; an error is that it could not be asked. */
export type Acts = Readonly<Record<string, (...words: string[]) => Promise<Readonly<Record<string, unknown>>>>>

/** Acts of a client whose library throws what the other end refuses: `refusal` makes an answer of that, or throws it again. */
export const refusable = (refusal: (error: unknown) => Readonly<Record<string, unknown>>, acts: Acts): Acts =>
  Object.fromEntries(
    Object.entries(acts).map(([word, act]) => [
      word,
      async (...words: string[]) => {
        try {
          return await act(...words)
        } catch (error) {
          return refusal(error)
        }
      },
    ]),
  )

/** Settings of the command line, and the orders after `--`. */
export const givenOrders = (
  args: readonly string[] = process.argv.slice(2),
): { readonly settings: readonly string[]; readonly orders: readonly string[] } => {
  const at = args.indexOf('--')
  return at < 0 ? { settings: args, orders: [] } : { settings: args.slice(0, at), orders: args.slice(at + 1) }
}

const answer = async (acts: Acts, order: string): Promise<Readonly<Record<string, unknown>>> => {
  const [word = '', ...words] = order.trim().split(/\s+/)
  const act = Object.hasOwn(acts, word) ? acts[word] : undefined
  if (act === undefined) return { error: `there is no order \`${word}\`: ${Object.keys(acts).join(', ')}` }
  try {
    return await act(...words)
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

const together = 'together '

/** Orders that are sent at once, before the answer to any of them: `together read ; write 100 350 ; read`. */
const answers = async (acts: Acts, order: string, socket?: Socket) => {
  socket?.cork()
  const all = order.slice(together.length).split(' ; ')
  const begun = Promise.all(all.map((one) => answer(acts, one)))
  process.nextTick(() => socket?.uncork())
  return { answers: await begun }
}

/**
 * Does one order after the other until there are no more.
 * @param socket what is sent together through it goes in one segment
 */
export const obey = async (acts: Acts, orders: readonly string[], socket?: Socket): Promise<void> => {
  const lines = orders.length > 0 ? orders : createInterface({ input: process.stdin })
  for await (const order of lines)
    print({ order, ...(await (order.startsWith(together) ? answers(acts, order, socket) : answer(acts, order))) })
}
