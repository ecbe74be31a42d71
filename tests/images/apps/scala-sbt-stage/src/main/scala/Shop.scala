package com.acme.shop

import com.sun.net.httpserver.HttpServer
import java.net.InetSocketAddress

/** The smallest web service that Scala on the JVM can be. */
object Shop {
  def main(arguments: Array[String]): Unit = {
    val server = HttpServer.create(new InetSocketAddress(sys.env.getOrElse("PORT", "8080").toInt), 0)
    server.createContext("/", exchange => {
      val text = "Hello from scala-sbt-stage\n".getBytes("UTF-8")
      exchange.sendResponseHeaders(200, text.length.toLong)
      exchange.getResponseBody.write(text)
      exchange.close()
    })
    server.start()
  }
}
