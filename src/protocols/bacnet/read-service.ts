/** Reading the parameters of a service, by its choice. */
import type { Message } from '#core/message.ts'
import type { Tags } from './tags.ts'

/** Reads the parameters of one service. @returns whether they are well-formed */
export type Read = (op: string, tags: Tags, message: Message) => boolean

/** Reads the parameters that `tags` stands over. What is not well-formed still says its op. */
export const readService = (
  ops: readonly string[],
  readers: Readonly<Record<number, Read>>,
  service: number,
  tags: Tags,
  message: Message,
): void => {
  const op = ops[service]
  if (op === undefined) {
    message.begin('unlisted').number('service-number', service)
    return
  }
  const read = readers[service]
  if (read === undefined) message.begin(op)
  else if (!read(op, tags, message)) {
    if (message.count === 0) message.begin(op)
    message.fault ??= 'malformed'
  }
}
