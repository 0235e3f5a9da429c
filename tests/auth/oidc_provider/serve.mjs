// A certified OpenID provider on the loopback address: told PORT (0: any free one), KEYS (a private
// JWKS; of each kind the first key signs) and CLIENTS (by id: secret, audience, alg and roles of its
// tokens). Prints its port.
import { createServer } from 'node:http';
import Provider, { errors } from 'oidc-provider';

const clients = JSON.parse(process.env.CLIENTS);

const configuration = {
  jwks: JSON.parse(process.env.KEYS),
  clients: Object.entries(clients).map(([client_id, { secret }]) => ({
    client_id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  })),
  extraTokenClaims: (_, token) => ({ roles: clients[token.clientId].roles }),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_, client) => `urn:${clients[client.clientId].audience}`,
      getResourceServerInfo: (_, resource, client) => {
        const { audience, alg } = clients[client.clientId];
        if (resource !== `urn:${audience}`) throw new errors.InvalidTarget();
        return { audience, scope: '', accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg } } };
      },
    },
  },
};

const server = createServer();
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  const { port } = server.address();
  server.on('request', new Provider(`http://127.0.0.1:${port}`, configuration).callback());
  console.log(`port=${port}`);
});
