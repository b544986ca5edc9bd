/** All error messages about objects in S3. None contains credentials. */
import { StoreProblem } from '../../problem.ts'

const credentials =
  'They are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from ~/.aws/credentials (mode 600; AWS_SHARED_CREDENTIALS_FILE names another, AWS_PROFILE a part of it).'

export const s3Problems = {
  badAddress: (shown: string, wrong: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: `This is not the address of a place in S3: ${wrong}.`,
      facts: [['objects', shown]],
      hint: 'An address is like s3://bucket/prefix. The server is AWS, or the one that ESPALIER_S3_ENDPOINT names.',
    }),

  badEndpoint: (endpoint: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'The address of the S3 server cannot be used.',
      facts: [['ESPALIER_S3_ENDPOINT', endpoint]],
      hint: 'It is like https://s3.example.org or http://127.0.0.1:9000, without a user, a password or a path.',
    }),

  cacheSize: (asked: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'The size of the cache for objects of S3 is not a number.',
      facts: [
        ['ESPALIER_OBJECT_CACHE', asked.slice(0, 100)],
        ['allowed', 'megabytes, 0 or more'],
      ],
      hint: 'Leave it out for 10 GB, or write for example ESPALIER_OBJECT_CACHE=2000.',
    }),

  noCredentials: (shown: string) =>
    new StoreProblem({
      kind: 'refused',
      title: 'There are no credentials for S3.',
      facts: [['objects', shown]],
      hint: credentials,
    }),

  openCredentials: (file: string, mode: string) =>
    new StoreProblem({
      kind: 'io',
      title: 'The file with the credentials for S3 can be read by others, so it is not used.',
      facts: [
        ['file', file],
        ['its mode', mode],
      ],
      hint: `Run chmod 600 ${file}.`,
    }),

  refused: (shown: string, cause: string) =>
    new StoreProblem({
      kind: 'refused',
      title: 'S3 does not accept these credentials, or they do not allow this.',
      facts: [
        ['objects', shown],
        ['server error', cause],
      ],
      hint: credentials,
    }),

  noBucket: (shown: string, endpoint: string) =>
    new StoreProblem({
      kind: 'missing',
      title: 'The server has no bucket of this name.',
      facts: [
        ['objects', shown],
        ['server', endpoint],
      ],
      hint: 'Make it once, or correct the name behind s3://.',
    }),

  unreachable: (shown: string, endpoint: string, cause: string) =>
    new StoreProblem({
      kind: 'unreachable',
      title: 'The S3 server cannot be reached, or does not answer as it should.',
      facts: [
        ['objects', shown],
        ['server', endpoint],
        ['system error', cause],
      ],
      hint: 'Check ESPALIER_S3_ENDPOINT (or AWS_ENDPOINT_URL_S3) and the network, then run again: it continues where it stopped.',
    }),
}
