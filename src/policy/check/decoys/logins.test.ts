import { loginChecks } from './logins.ts'
import { finds, pem, second, sections, verifier, type Row } from './trial.ts'

const rows: readonly Row[] = [
  {
    name: 'two pools of one id',
    code: 'decoy-twice',
    with: { pools: sections.pools + second('198.18.1.70').replace('id: q', 'id: p') },
    at: 'p, zone: cell, approved: [198.18.1.70]',
    says: /used twice in `decoys.pools`/,
  },
  {
    name: 'one honeytoken twice',
    code: 'decoy-twice',
    with: { others: 'honeytokens: [{ id: a, user: Backup }, { id: b, user: backup, password: x }]' },
    at: 'backup, password',
    says: /is honeytoken `a` already/,
  },
  {
    name: 'decoys that move too fast',
    code: 'decoy-shuffle',
    with: { others: 'shuffle: { every: 299s }' },
    at: '299s',
    says: /5m at least/,
  },
  {
    name: 'a directory that is asked over a socket of this computer, which no verifier does',
    code: 'decoy-verifier',
    with: verifier('kind: ldap, dn: "uid={user},dc=p", url: "ldapi:///"'),
    at: '"ldapi',
    says: /ldaps:\/\/host/,
  },
  {
    name: 'a list without file',
    code: 'decoy-verifier',
    with: verifier('kind: list'),
    at: '{ kind',
    says: /needs `file`/,
  },
  {
    name: 'a directory without DN',
    code: 'decoy-verifier',
    with: verifier('kind: ldap, url: "ldaps://d"'),
    at: '{ kind',
    says: /needs `dn`/,
  },
  {
    name: 'a directory without TLS',
    code: 'decoy-verifier',
    with: verifier('kind: ldap, dn: "uid={user},dc=p", url: "ldap://d"'),
    at: '"ldap:',
    says: /clear text.*start-tls/,
  },
  {
    name: 'a DN of nobody',
    code: 'decoy-verifier',
    with: verifier('kind: ldap, dn: "uid=user,dc=p", url: "ldaps://d"'),
    at: '"uid=user',
    says: /`\{user\}` in it/,
  },
  {
    name: 'a RADIUS server without port',
    code: 'decoy-verifier',
    with: verifier('kind: radius, server: r1, secret-file: /s'),
    at: 'r1,',
    says: /host:port/,
  },
  {
    name: 'what another kind of verifier needs',
    code: 'decoy-verifier',
    with: verifier('kind: list, file: /f, server: "r:1812"'),
    at: '"r:1812"',
    says: /means nothing to a verifier of kind list/,
  },
  {
    name: 'a responder key that is none',
    code: 'decoy-responder-key',
    with: { others: 'responder-key: secret' },
    at: 'secret',
    says: /X25519/,
  },
  {
    name: 'a responder key of another kind',
    code: 'decoy-responder-key',
    with: { others: `responder-key: ${pem('ed25519', 'publicKey')}` },
    at: '"-----BEGIN',
    says: /X25519/,
  },
  {
    name: 'a private key',
    code: 'decoy-responder-key',
    with: { others: `responder-key: ${pem('x25519', 'privateKey')}` },
    at: '"-----BEGIN',
    says: /no public key/,
  },
  {
    name: 'more edges with decoys than a directory bears failed logins',
    code: 'decoy-verifier',
    with: {
      edges: `${sections.edges}\n  f: { bridge: br1, ports: { c: { zones: [far] }, d: { zones: [office] } } }`,
      zones: `${sections.zones}\n  far: { level: 1, networks: [198.18.9.0/24] }`,
      pools: sections.pools + second('198.18.9.32/27').replace('zone: cell', 'zone: far'),
      ...verifier('kind: ldap, dn: "uid={user},dc=p", url: "ldaps://d", lock-out: 3'),
    },
    at: '3 }',
    says: /2 edges have decoys.*at most 1 edge/,
  },
]

finds('logins of decoys', loginChecks, rows)
