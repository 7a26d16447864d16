// Makes the calls of its argument by Adobe's own client, one after the other, and prints the answers.
import { AdobeCommerceHttpClient } from "@adobe/aio-commerce-lib-api";

const { auth, config, calls } = JSON.parse(process.argv[2]);
const client = new AdobeCommerceHttpClient({ auth, config });
const answers = [];
for (const [method, path, options] of calls) {
  const answer = await client[method](path, options ?? {}).catch((error) => {
    if (error.response === undefined) throw error;
    return error.response;
  });
  answers.push([answer.status, await answer.json()]);
}
console.log(JSON.stringify(answers));
