import { startDynamoDbLocal } from "./dynamoDbLocal";

/** For a test: starts DynamoDB Local, says its process id, and never stops it. */
void startDynamoDbLocal().then(({ pid }) => console.log(pid));
