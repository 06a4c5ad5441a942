import { testGrafana } from "./run";

/** Entry point of `npm run test:grafana`. */
process.exitCode = 2;
void testGrafana(process.env, (text) => process.stdout.write(text)).then((status) => {
  process.exitCode = status;
});
