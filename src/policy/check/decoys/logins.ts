/** How often decoys move, and what becomes of what is typed into them. */
import { createPublicKey } from 'node:crypto'
import { durationSeconds } from '#schema/duration.ts'
import type { Verifier } from '#schema/decoys.ts'
import { edgesWithDecoys } from '../../decoys/pools.ts'
import type { Check, Context, Finding } from '../context.ts'

/** Seconds: ARP caches of controllers age no faster. */
const fastest = 300

const lists = ['pools', 'deceive', 'honeytokens'] as const

function* twice({ site }: Context): Iterable<Finding> {
  for (const list of lists) {
    const seen = new Set<string>()
    for (const [i, { id }] of (site.decoys?.[list] ?? []).entries()) {
      if (seen.has(id))
        yield { path: ['decoys', list, i, 'id'], message: `id \`${id}\` is used twice in \`decoys.${list}\`` }
      seen.add(id)
    }
  }
  const users = new Map<string, { id: string; password: string | undefined }[]>()
  for (const [i, { id, user, password }] of (site.decoys?.honeytokens ?? []).entries()) {
    const key = user.toLowerCase()
    const others = users.get(key) ?? []
    const same = others.find(
      (other) => other.password === undefined || password === undefined || other.password === password,
    )
    if (same !== undefined)
      yield {
        path: ['decoys', 'honeytokens', i, 'user'],
        message: `user \`${user}\` is honeytoken \`${same.id}\` already`,
        expected: 'another user, or another password for each',
      }
    users.set(key, [...others, { id, password }])
  }
}

const isKey = (pem: string): boolean => {
  // A private key gives a public one too, and does not belong into a policy.
  if (pem.includes('PRIVATE KEY')) return false
  try {
    return createPublicKey(pem).asymmetricKeyType === 'x25519'
  } catch {
    return false
  }
}

type Field = keyof Verifier
const own: Readonly<Record<Verifier['kind'], { needs: readonly Field[]; may: readonly Field[] }>> = {
  list: { needs: ['file'], may: [] },
  ldap: { needs: ['url', 'dn'], may: ['start-tls', 'ca'] },
  radius: { needs: ['server', 'secret-file'], may: [] },
}
const particular: readonly Field[] = ['file', 'url', 'start-tls', 'ca', 'dn', 'server', 'secret-file']

const forms: Partial<Record<Field, { readonly form: RegExp; readonly expected: string }>> = {
  url: {
    form: /^ldaps?:\/\/[^/\s]+$/,
    expected: 'ldaps://host, or ldap://host with `start-tls`',
  },
  dn: { form: /\{user\}/, expected: '`{user}` in it, such as uid={user},ou=people,dc=plant' },
  server: { form: /^[^\s:]+:\d{1,5}$/, expected: 'host:port' },
}

function* verifier({ site }: Context): Iterable<Finding> {
  const given = site.decoys?.verifier
  if (given === undefined) return
  const path = ['decoys', 'verifier']
  const { needs, may } = own[given.kind]
  for (const field of needs)
    if (given[field] === undefined) yield { path, message: `a verifier of kind ${given.kind} needs \`${field}\`` }
  for (const field of particular)
    if (given[field] !== undefined && !needs.includes(field) && !may.includes(field))
      yield {
        path: [...path, field],
        message: `\`${field}\` means nothing to a verifier of kind ${given.kind}`,
        expected: [...needs, ...may].join(', '),
      }
  for (const [field, { form, expected }] of Object.entries(forms)) {
    const value = Reflect.get(given, field)
    if (needs.some((each) => each === field) && typeof value === 'string' && !form.test(value))
      yield { path: [...path, field], message: `\`${field}\` is not of the right form`, expected }
  }
  const edges = edgesWithDecoys(site).length
  const most = given['lock-out'] - 2
  if (given.kind !== 'list' && edges > most)
    yield {
      path: [...path, 'lock-out'],
      message: `${edges} edges have decoys, and none knows whom the others asked about: together they may fail ${most} times`,
      expected: `pools on at most ${most} edge${most === 1 ? '' : 's'}, or a directory that locks later`,
    }
  if (given.kind === 'ldap' && given.url?.startsWith('ldap://') === true && given['start-tls'] !== true)
    yield {
      path: [...path, 'url'],
      message: 'passwords would cross the network in clear text',
      expected: 'ldaps://, or `start-tls: true`',
    }
}

export const loginChecks: readonly Check[] = [
  {
    code: 'decoy-twice',
    severity: 'error',
    summary: 'Two pools, deceive rows or honeytokens have one id, or two honeytokens one user and password.',
    find: twice,
  },
  {
    code: 'decoy-shuffle',
    severity: 'error',
    summary: 'Decoys would move faster than ARP caches age.',
    *find({ site }) {
      const every = site.decoys?.shuffle?.every
      if (every !== undefined && durationSeconds(every) < fastest)
        yield {
          path: ['decoys', 'shuffle', 'every'],
          message: `decoys would move every ${every}, and others remember their Ethernet addresses for minutes`,
          expected: '5m at least',
        }
    },
  },
  {
    code: 'decoy-verifier',
    severity: 'error',
    summary:
      'A verifier lacks what its kind needs, has what its kind does not know, or would send passwords in clear text.',
    find: verifier,
  },
  {
    code: 'decoy-responder-key',
    severity: 'error',
    summary: 'The responder key is no PEM of an X25519 public key.',
    *find({ site }) {
      const key = site.decoys?.['responder-key']
      if (key !== undefined && !isKey(key))
        yield {
          path: ['decoys', 'responder-key'],
          message: 'the responder key is no public key of X25519',
          expected:
            'what `openssl pkey -in responder.pem -pubout` prints of a key made by `openssl genpkey -algorithm X25519`',
        }
    },
  },
]
