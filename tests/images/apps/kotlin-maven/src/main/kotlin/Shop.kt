package com.acme.shop

import com.sun.net.httpserver.HttpServer
import java.net.InetSocketAddress

/** The smallest web service that Kotlin on the JVM can be. */
fun main() {
    val server = HttpServer.create(InetSocketAddress((System.getenv("PORT") ?: "8080").toInt()), 0)
    server.createContext("/") { exchange ->
        val text = "Hello from kotlin-maven\n".toByteArray()
        exchange.sendResponseHeaders(200, text.size.toLong())
        exchange.responseBody.write(text)
        exchange.close()
    }
    server.start()
}
