/** Who did something to a policy, as far as it matters whether two are the same: a token acts for its person. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { Person } from '#schema/manager-policies.ts'
import { Approval } from '#schema/manager-revisions.ts'
import type { Who } from '../api/route.ts'

export interface Acting extends Person {
  /** As the audit names them. */
  readonly actor: string
}

/** Whoever speaks through the socket is one person without an account. */
export const localPerson = 'local'

export const personOf = ({ who }: { readonly who: Who | undefined }): Acting => {
  if (who === undefined) throw new Fault('unauthenticated', 'Nobody is logged in.')
  return who.user === undefined
    ? { id: localPerson, name: who.actor, actor: who.actor }
    : { id: who.user.id, name: who.user.name, actor: who.actor }
}

export const plainPerson = ({ id, name }: Person): Person => ({ id, name })

/** Columns that hold JSON of ours. */
export const persons = (text: string): Person[] => z.array(Person).parse(JSON.parse(text))
export const approvalsIn = (text: string): z.output<typeof Approval>[] => z.array(Approval).parse(JSON.parse(text))
