/** Host keys of decoys: each has its own, the same after a restart, and nobody without the site's secret can make it. */
import { createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto'
import type { SshProfile } from '#protocols/ssh/profile.ts'
import { derivedKey } from './certificate.ts'

/** RFC 8410, 7: a private key of Ed25519 is any 32 bytes. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const spkiLength = 12

const text = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The format that OpenSSH keeps keys in, which is the only one for Ed25519 that is read (OpenSSH's PROTOCOL.key). */
const ed25519 = (seed: Buffer): string => {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' })
  const open = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(spkiLength)
  const publicPart = Buffer.concat([text('ssh-ed25519'), text(open)])
  const check = seed.subarray(0, 4)
  const secretPart = Buffer.concat([check, check, publicPart, text(Buffer.concat([seed, open])), text('')])
  const pad = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secretPart.length % 8)) % 8))
  const all = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    Buffer.from([0, 0, 0, 1]),
    text(publicPart),
    text(Buffer.concat([secretPart, pad])),
  ])
  const lines = all.toString('base64').replaceAll(/.{1,70}/g, '$&\n')
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}-----END OPENSSH PRIVATE KEY-----\n`
}

/** PEM of each host key, in the order of the profile. @param secret 32 bytes */
export const hostKeysOf = (secret: Uint8Array, address: string, { hostKeys }: SshProfile): readonly string[] =>
  hostKeys.map((kind) =>
    kind === 'ssh-ed25519'
      ? ed25519(Buffer.from(hkdfSync('sha256', secret, '', `ssh ${address}`, 32)))
      : derivedKey(secret, `ssh ${address}`).export({ format: 'pem', type: 'sec1' }).toString(),
  )
