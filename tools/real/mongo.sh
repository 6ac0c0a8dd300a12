#!/usr/bin/env bash
# Brings mongo-java-server to .mongo: its jars by their Maven coordinates, and a start of a few lines compiled against them. It
# speaks MongoDB's wire protocol and is not MongoDB, which no package source of ours has. Servers are started from there by
# kernel/testing/servers/mongo.ts. Needs mvn and javac, once, and Java 17 or newer; repeatable.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=1.47.0
home=$PWD/.mongo
complete="$home/.complete-$version"
[ -f "$complete" ] && exit 0

rm -rf "$home"
mkdir -p "$home"
cat >"$home/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>mongo-libs</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server</artifactId><version>$version</version></dependency>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server-h2-backend</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B -f "$home/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$home/libs"

# Left to itself it writes once a second, and a kill takes what was acknowledged since: here the answer waits for the file.
cat >"$home/Server.java" <<'JAVA'
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;

public final class Server {
  public static void main(String[] words) {
    H2Backend backend = new H2Backend(words[0]) {
      @Override
      public Document handleMessage(MongoMessage message) {
        Document answer = super.handleMessage(message);
        commit();
        return answer;
      }
    };
    new MongoServer(backend).bind("127.0.0.1", Integer.parseInt(words[1]));
  }
}
JAVA
javac -cp "$home/libs/*" -d "$home/classes" "$home/Server.java"
touch "$complete"
