# Lo que dicen todas las páginas de los tres sitios.
site-skip = Ir al contenido
site-error-prefix = Error:{" "}
site-problem-heading = Hay un problema
site-idle-note = Su sesión se cerrará en 2 minutos porque no ha habido actividad en esta página. Abra cualquier página para continuar.
site-sign-out = Salir
site-help-heading = Ayuda
site-help-call = Llámenos:
site-help-write = Escríbanos:

refusal-home = Ir a la página de inicio
refusal-not-found = No encontramos la página
refusal-not-found-words = Si escribió la dirección, revise que esté correcta. Si la pegó, revise que la haya copiado completa.
refusal-forbidden = Usted no puede abrir esta página
refusal-forbidden-words = Su cuenta no lo permite. Si cree que debería, pregunte a la persona que administra su acceso.
refusal-sign-in = Vuelva a iniciar sesión
refusal-sign-in-words = Su sesión está cerrada. Esto sucede cuando no hay actividad durante un tiempo, para que nadie más pueda leer su página.
refusal-form = Regrese e inténtelo de nuevo
refusal-form-words = Esta página estuvo abierta demasiado tiempo, o su navegador no acepta cookies. No se cambió nada. Regrese, vuelva a cargar la página y envíela otra vez.
refusal-unreadable = No pudimos leer lo que envió
refusal-unreadable-words = Algo de lo que se envió no era lo esperado. No se cambió nada. Regrese e inténtelo de nuevo.
refusal-too-large = Es demasiado grande
refusal-too-large-words = Lo que se envió es más grande de lo que aceptamos. No se cambió nada.
refusal-too-many = Espere un momento, por favor
refusal-too-many-words = Hubo muchos intentos en poco tiempo. Inténtelo de nuevo en 15 minutos o llámenos.
refusal-broken = Lo sentimos, algo no funciona
refusal-broken-words = La falla es nuestra. Inténtelo de nuevo en unos minutos. Si estaba pagando, no pague otra vez: primero mire su cuenta o llámenos.
