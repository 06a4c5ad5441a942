import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local as its own `ServerRunner` starts it with `-inMemory`, but for three things: it listens on the loopback
 * only (theirs on every interface), on a port that the system picks, and it ends with its standard input, so that it
 * outlives nobody, however they died. Telemetry belongs to `ServerRunner` and `DynamoDBProxyServer`, which are not used.
 */
public final class Reference {
  public static void main(String[] arguments) throws Exception {
    // In memory, without a folder; each access key has tables of its own; no delays.
    var tables = new LocalDynamoDBRequestHandler(0, true, null, false, false);
    var server = new Server(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
    server.setHandler(new LocalDynamoDBServerHandler(tables, null));
    server.start();
    var port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    System.out.println("listening on http://127.0.0.1:" + port);
    while (System.in.read() != -1) {
      // Nothing is said there; its end is the sign.
    }
    System.exit(0);
  }
}
