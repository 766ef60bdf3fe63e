/** SSH as the decoy host serves what needs a socket of its own. */
import type { Socket } from 'node:net'
import type { Answer, TalkContext } from '#core/personality.ts'
import { dropbear, isSshProfile } from '#protocols/ssh/profile.ts'
import { secretOf } from './certificate-secret.ts'
import { serveSsh } from './ssh.ts'

export const sshStream = {
  greets: true,
  serve: (
    socket: Socket,
    { identity }: Pick<TalkContext, 'identity'>,
    profile: unknown,
    report: (came: Pick<Answer, 'exchanges' | 'attempts' | 'notes'>) => Promise<void>,
  ): void => {
    const context = { identity, profile: isSshProfile(profile) ? profile : dropbear, secret: secretOf(identity) }
    void serveSsh(socket, context, report)
  },
} as const
